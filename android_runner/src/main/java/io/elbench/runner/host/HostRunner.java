package io.elbench.runner.host;

import io.elbench.runner.core.Runner;
import java.util.HashMap;
import java.util.Map;

/**
 * The runner as a program of a desktop's JVM: it carries out one launch in a folder that stands for a phone's
 * file system, and prints what {@code am instrument -r} prints.
 */
public final class HostRunner {

  private HostRunner() {}

  /** Takes options as pairs of {@code --name value}; {@link HostPlatform} knows them. */
  public static void main(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int index = 0; index + 1 < arguments.length; index += 2) {
      options.put(arguments[index], arguments[index + 1]);
    }
    Runner.run(options.get("--request"), new HostPlatform(options));
    System.exit(0); // fbjni's destructor thread is no daemon and would keep the JVM alive
  }
}
