package io.elbench.runner.core;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What was thrown, in a line for people. */
public final class Explanation {

  private static final Pattern NATIVE_MEMORY =
      Pattern.compile("DefaultCPUAllocator.*?(\\d+) bytes", Pattern.DOTALL);

  private Explanation() {}

  static String of(Throwable thrown) {
    String said = thrown.getMessage() == null ? "" : thrown.getMessage();
    Matcher memory = NATIVE_MEMORY.matcher(said);
    if (memory.find()) {
      return "out of memory: " + memory.group(1) + " bytes more were asked for; use a smaller model or input";
    }
    if (thrown instanceof OutOfMemoryError) {
      return "out of memory on the Java heap (" + firstLine(said)
          + "); use a smaller model or input, or ask for fewer iterations";
    }
    if (thrown instanceof LinkageError) {
      return "the runtime's libraries do not load (" + firstLine(said) + "); install the APK for this ABI";
    }
    return said.isEmpty() ? thrown.getClass().getSimpleName() : firstLine(said);
  }

  /** The first line with words in it. */
  public static String firstLine(String text) {
    return text.trim().split("\\R", 2)[0].trim();
  }
}
