package io.elbench.runner.host;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public final class HostStorageTest {

  private static final String MODEL = "/data/local/tmp/elbench/models/m.ptl";

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private Path root;
  private HostStorage storage;

  @Before
  public void pushModel() throws IOException {
    root = folder.getRoot().toPath();
    storage = new HostStorage(root);
    Path file = root.resolve(MODEL.substring(1));
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[] {1});
    for (Path one = file.getParent(); !one.equals(root); one = one.getParent()) {
      mode(one, "rwxr-xr-x");
    }
    mode(file, "rw-r--r--");
  }

  @Test
  public void aPushedFileIsReadable() throws IOException {
    assertEquals(root.resolve(MODEL.substring(1)).toFile(), storage.readable(MODEL));
  }

  @Test
  public void aMissingFileIsNamed() {
    FileNotFoundException missing =
        assertThrows(FileNotFoundException.class, () -> storage.readable("/data/none"));
    assertEquals("there is no file /data/none on the phone: push it first", missing.getMessage());
    assertThrows(FileNotFoundException.class, () -> storage.readable("/data/local"));
  }

  @Test
  public void aFileThatOnlyItsOwnerMayReadIsRefused() throws IOException {
    mode(root.resolve(MODEL.substring(1)), "rw-r-----");
    IOException refusal = assertThrows(IOException.class, () -> storage.readable(MODEL));
    assertEquals("the app may not read " + MODEL + ": push it with mode 0644", refusal.getMessage());
  }

  @Test
  public void aFolderThatOnlyItsOwnerMayEnterIsNamed() throws IOException {
    mode(root.resolve("data/local/tmp/elbench"), "rwxr-x---");
    IOException refusal = assertThrows(IOException.class, () -> storage.readable(MODEL));
    assertEquals(
        "the app may not enter /data/local/tmp/elbench: give the folder mode 0755", refusal.getMessage());
  }

  @Test
  public void foldersOfTheSystemAreEnteredWhateverTheirModes() throws IOException {
    mode(root.resolve("data"), "rwx------");
    mode(root.resolve("data/local"), "rwx------");
    assertTrue(storage.readable(MODEL).exists());
  }

  @Test
  public void noPathLeadsOutOfThePhone() throws IOException {
    Path outside = root.resolveSibling(root.getFileName() + "-outside");
    for (String path :
        new String[] {"/../" + outside.getFileName(), "/data/../../x", "/sdcard/../../../../x", "../x", "x"}) {
      assertTrue(path, storage.file(path).toPath().normalize().startsWith(root));
    }
    assertEquals(root.resolve("etc/passwd").toFile(), storage.file("/../../../etc/passwd"));
  }

  @Test
  public void theSdcardIsTheFirstUsersStorage() {
    assertEquals(
        new File(root.toFile(), "storage/emulated/0/Android/media/x.jsonl"),
        storage.file("/sdcard/Android/media/x.jsonl"));
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }
}
