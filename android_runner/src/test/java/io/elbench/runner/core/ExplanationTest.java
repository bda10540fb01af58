package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import org.junit.Test;

public final class ExplanationTest {

  /** As PyTorch Mobile 1.12.2 says it. */
  private static final String NATIVE_MEMORY =
      "[enforce fail at alloc_cpu.cpp:81] data. DefaultCPUAllocator: not enough memory: "
          + "you tried to allocate 4398046511136 bytes.\n  \n  Debug info for handle(s): "
          + "debug_handles:{-1}, was not found.\n  \n(no backtrace available)";

  @Test
  public void aLackOfNativeMemorySaysHowMuchWasAskedFor() {
    assertEquals(
        "out of memory: 4398046511136 bytes more were asked for; use a smaller model or input",
        Explanation.of(new RuntimeException(NATIVE_MEMORY)));
  }

  @Test
  public void aLackOfJavaMemoryIsToldApart() {
    String message = Explanation.of(new OutOfMemoryError("Java heap space"));
    assertTrue(message, message.startsWith("out of memory on the Java heap (Java heap space); use"));
  }

  @Test
  public void aMissingLibraryNamesTheAbi() {
    assertEquals(
        "the runtime's libraries do not load (no pytorch_jni_lite); install the APK for this ABI",
        Explanation.of(new UnsatisfiedLinkError("no pytorch_jni_lite\nstack")));
  }

  @Test
  public void otherWordsAreKeptToTheirFirstLine() {
    assertEquals("Format error", Explanation.of(new IOException("\n Format error \r\nException raised")));
    assertEquals("IllegalStateException", Explanation.of(new IllegalStateException()));
    assertEquals("NullPointerException", Explanation.of(new NullPointerException("")));
  }

  @Test
  public void theInnermostStageGivesTheName() {
    StageFailed failed =
        assertThrows(
            StageFailed.class,
            () -> Stage.run("launch", () -> Stage.run("load", ExplanationTest::fail)));
    assertEquals("load", failed.stage());
    assertEquals("IOException", failed.kind());
    assertTrue(failed.stack().startsWith("java.io.IOException: no file"));
  }

  @Test
  public void shapesAreCountedAndWritten() {
    assertEquals(150528, Shapes.elements(new long[] {1, 3, 224, 224}));
    assertEquals(1, Shapes.elements(new long[0]));
    assertEquals("1x3x224x224", Shapes.text(new long[] {1, 3, 224, 224}));
    assertThrows(ArithmeticException.class, () -> Shapes.elements(new long[] {1L << 31}));
  }

  private static Object fail() throws IOException {
    throw new IOException("no file");
  }
}
