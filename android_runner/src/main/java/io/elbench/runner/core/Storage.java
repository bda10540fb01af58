package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;

/** The phone's files as this app may read them. */
public interface Storage {

  /**
   * A file to read.
   *
   * @throws IOException there is none, or the app may not read it; the message says what to do
   */
  File readable(String path) throws IOException;
}
