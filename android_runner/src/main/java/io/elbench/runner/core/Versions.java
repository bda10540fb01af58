package io.elbench.runner.core;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What this runner was built as; the build writes it into the archive. */
public final class Versions {

  private static final String RESOURCE = "/elbench-runner.properties";

  private final Properties properties = new Properties();

  public Versions() {
    try (InputStream resource = Versions.class.getResourceAsStream(RESOURCE)) {
      properties.load(resource);
    } catch (IOException impossible) {
      throw new IllegalStateException("the build puts " + RESOURCE + " beside the classes", impossible);
    }
  }

  /** Version of the runner. */
  public String runner() {
    return properties.getProperty("runner");
  }

  /** Version of PyTorch Mobile's lite runtime. */
  public String pytorchLite() {
    return properties.getProperty("pytorch.lite");
  }
}
