package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.Test;

/** Which package may name what; a qualified name in the text counts as an import. */
public final class ArchitectureTest {

  private static final File ROOT =
      new File(
          System.getProperty("elbench.repository", ".."), "android_runner/src/main/java/io/elbench/runner");

  @Test
  public void theCoreKnowsNoPlatformAndNoRuntime() throws IOException {
    assertNone(sources("core"), "android.", "androidx.", "dalvik.", "org.pytorch", "com.facebook");
    assertNone(
        sources("core"), "io.elbench.runner.pytorch", "io.elbench.runner.host", "io.elbench.runner.Android");
  }

  @Test
  public void theCoreUsesNothingThatOldAndroidsLack() throws IOException {
    assertNone(sources("core"), "java.nio.file", "java.time", "java.util.stream", "java.util.Base64");
    assertNone(sources("pytorch"), "java.nio.file", "java.time", "java.util.stream", "java.util.Base64");
    assertNone(sources(""), "java.nio.file", "java.time", "java.util.stream", "java.util.Base64");
  }

  @Test
  public void theRuntimeKnowsNoAndroidAndNoDesktop() throws IOException {
    assertNone(sources("pytorch"), "android.", "androidx.", "io.elbench.runner.host");
  }

  @Test
  public void theDesktopKnowsNoAndroid() throws IOException {
    assertNone(sources("host"), "android.", "androidx.", "org.pytorch");
  }

  @Test
  public void thePhonesShellKnowsNoDesktopAndNoPyTorch() throws IOException {
    assertNone(sources(""), "io.elbench.runner.host", "org.pytorch", "com.google.gson");
  }

  private static void assertNone(List<File> sources, String... names) throws IOException {
    List<String> found = new ArrayList<>();
    for (File source : sources) {
      String code = Files.text(source).replaceAll("(?s)/\\*.*?\\*/|//[^\n]*|\"[^\"\n]*\"", "");
      for (String name : names) {
        if (code.matches("(?s).*(?<![\\w.])" + name.replace(".", "\\.") + ".*")) {
          found.add(source.getName() + " names " + name);
        }
      }
    }
    assertEquals(Collections.emptyList(), found);
  }

  /** The sources of one package, without those below it. */
  private static List<File> sources(String folder) {
    File[] files = new File(ROOT, folder).listFiles((parent, name) -> name.endsWith(".java"));
    assertFalse("no sources in " + folder, files == null || files.length == 0);
    List<File> sources = new ArrayList<>();
    Collections.addAll(sources, files);
    return sources;
  }
}
