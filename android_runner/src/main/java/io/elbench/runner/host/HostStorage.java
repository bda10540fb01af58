package io.elbench.runner.host;

import io.elbench.runner.core.Storage;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;

/** A folder as a phone's file system, read with an app's rights: only what everybody may read. */
final class HostStorage implements Storage {

  private static final String SDCARD = "/sdcard/";
  private static final String SDCARD_TARGET = "/storage/emulated/0/";

  /** Folders that every phone has, in which an app may search whatever their modes. */
  private static final int FOLDERS_OF_THE_SYSTEM = 2;

  private final Path root;

  HostStorage(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /** The file that a phone's path means; never outside of the root. */
  File file(String path) {
    return inside(path).toFile();
  }

  @Override
  public File readable(String path) throws IOException {
    Path file = inside(path);
    if (!Files.isRegularFile(file)) {
      throw new FileNotFoundException("there is no file " + path + " on the phone: push it first");
    }
    requireSearchable(root.relativize(file).getParent());
    requirePermission(
        file,
        PosixFilePermission.OTHERS_READ,
        "the app may not read " + path + ": push it with mode 0644");
    return file.toFile();
  }

  private void requireSearchable(Path folder) throws IOException {
    int depth = folder == null ? 0 : folder.getNameCount();
    for (int count = FOLDERS_OF_THE_SYSTEM + 1; count <= depth; count++) {
      Path one = folder.subpath(0, count);
      requirePermission(
          root.resolve(one),
          PosixFilePermission.OTHERS_EXECUTE,
          "the app may not enter /" + one + ": give the folder mode 0755");
    }
  }

  private static void requirePermission(Path file, PosixFilePermission needed, String otherwise)
      throws IOException {
    if (!Files.getPosixFilePermissions(file).contains(needed)) {
      throw new IOException(otherwise);
    }
  }

  private Path inside(String path) {
    String target = path.startsWith(SDCARD) ? SDCARD_TARGET + path.substring(SDCARD.length()) : path;
    Path absolute = root.getFileSystem().getPath("/").resolve(target).normalize();
    return root.resolve(root.getFileSystem().getPath("/").relativize(absolute));
  }
}
