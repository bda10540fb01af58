package io.elbench.runner.pytorch;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import io.elbench.runner.core.Request;
import io.elbench.runner.core.UnusableModel;
import java.io.File;
import java.util.Collections;
import org.junit.Test;

/** What the engine does without its library, which needs a phone or a library that stands for one. */
public final class PyTorchLiteEngineTest {

  private final PyTorchLiteEngine engine = new PyTorchLiteEngine("1.12.2 (test)");

  @Test
  public void itSaysWhatItIs() {
    assertEquals("pytorch_mobile", engine.runtime());
    assertEquals("1.12.2 (test)", engine.version());
  }

  @Test
  public void aModelOfAnotherRuntimeIsRefusedByName() {
    Request.Model wanted =
        new Request.Model("tiny", "executorch", "/m.pte", "0", Collections.emptyList(), "none");
    UnusableModel refusal =
        assertThrows(UnusableModel.class, () -> engine.load(wanted, new File("/m.pte")));
    assertEquals(
        "tiny is for executorch, this phone runs pytorch_mobile models", refusal.getMessage());
  }
}
