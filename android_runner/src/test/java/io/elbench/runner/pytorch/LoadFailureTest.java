package io.elbench.runner.pytorch;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import io.elbench.runner.core.UnusableModel;
import org.junit.Test;

/** What PyTorch Mobile 1.12.2's loader says of bad files, word for word but for the build's own folders. */
public final class LoadFailureTest {

  private static final String TAIL =
      "\nException raised from valid at caffe2/serialize/inline_container.cc:177 (most recent call first):"
          + "\n(no backtrace available)";

  @Test
  public void missingOperatorsAreNamed() {
    String message =
        explained(
            "Following ops cannot be found. Please check if the operator library is included in the build. "
                + "If built with selected ops, check if these ops are in the list. If you are a Meta employee, "
                + "please see fburl.com/missing_ops for a fix. Or post it in https://discuss.pytorch.org/"
                + "aten::scaled_dot_product_attention ()\nException raised from initialize_operators at "
                + "torch/csrc/jit/mobile/function.cpp:89 (most recent call first):\n(no backtrace available)");
    assertEquals(
        "tiny needs operators that this PyTorch Mobile lacks: aten::scaled_dot_product_attention; "
            + "change the model so that it does without",
        message);
  }

  @Test
  public void severalMissingOperatorsAreNamedOnceEachAndNoFunctionOfTheLoader() {
    String message =
        explained(
            "Following ops cannot be found. Or post it in https://discuss.pytorch.org/aten::b.out, aten::a, "
                + "aten::b.out ()\nException raised from c10::initialize at x.cpp:89 torch::jit::load");
    assertTrue(message, message.contains("lacks: aten::a, aten::b.out; change"));
  }

  @Test
  public void aDamagedFileIsToBeCopiedAgain() {
    for (String said :
        new String[] {
          "PytorchStreamReader failed reading zip archive: failed finding central directory" + TAIL,
          "Format error" + TAIL
        }) {
      assertEquals("tiny is damaged or cut short; copy or export it again", explained(said));
    }
  }

  @Test
  public void plainTorchScriptIsToBeExportedForPhones() {
    String message =
        explained("PytorchStreamReader failed locating file bytecode.pkl: file not found ()" + TAIL);
    assertTrue(message, message.contains("export it with _save_for_lite_interpreter"));
  }

  @Test
  public void aVersionThatIsNotReadIsNamed() {
    String bytecode =
        explained(
            "Lite Interpreter version number does not match. The model version must be between 4 and 9 but "
                + "the model version is 99 ()" + TAIL);
    assertTrue(bytecode, bytecode.contains("the model version is 99"));
    assertTrue(bytecode, bytecode.contains("export it with an older torch"));
    String file =
        explained(
            "[enforce fail at inline_container.cc:165] . Attempted to read a PyTorch file with version 99, but "
                + "the maximum supported version for reading is 10. The version of your PyTorch installation may "
                + "be too old, please upgrade PyTorch to latest version to mitigate this issue."
                + "\n(no backtrace available)");
    assertTrue(file, file.contains("a PyTorch file with version 99"));
    assertTrue(file, file.contains("export it with an older torch"));
  }

  @Test
  public void whatNobodyForesawIsPassedOnInALine() {
    String message = explained("something else" + TAIL);
    assertTrue(message, message.contains("(something else)"));
    assertFalse(message, message.contains("\n"));
    assertTrue(LoadFailure.explain("tiny", new RuntimeException()).getMessage().startsWith("tiny is no model"));
  }

  @Test
  public void theLoadersOwnWordsStayInTheCause() {
    RuntimeException error = new RuntimeException("Format error");
    assertEquals(error, LoadFailure.explain("tiny", error).getCause());
  }

  private static String explained(String said) {
    UnusableModel failure = LoadFailure.explain("tiny", new RuntimeException(said));
    return failure.getMessage();
  }
}
