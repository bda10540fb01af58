package io.elbench.runner.core;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;

/** A phone's own files, by their own paths. */
public final class PhoneStorage implements Storage {

  @Override
  public File readable(String path) throws IOException {
    File file = new File(path);
    if (!file.exists()) {
      throw new FileNotFoundException(
          "there is no file " + path + " on the phone that this app sees: push it, into folders of mode 0755");
    }
    if (!file.isFile() || !file.canRead()) {
      throw new IOException("the app may not read " + path + ": push it with mode 0644");
    }
    return file;
  }
}
