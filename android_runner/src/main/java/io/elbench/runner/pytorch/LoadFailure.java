package io.elbench.runner.pytorch;

import io.elbench.runner.core.Explanation;
import io.elbench.runner.core.UnusableModel;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the loader says of a file that it does not load, in words that a person can act on. */
final class LoadFailure {

  private static final Pattern OPERATOR = Pattern.compile("\\b\\w+::\\w+(?:\\.\\w+)?");

  private LoadFailure() {}

  static UnusableModel explain(String name, RuntimeException error) {
    String said = String.valueOf(error.getMessage());
    return new UnusableModel(name + " " + reason(said), error);
  }

  private static String reason(String said) {
    if (said.contains("ops cannot be found")) {
      return "needs operators that this PyTorch Mobile lacks: " + operators(said)
          + "; change the model so that it does without";
    }
    if (said.contains("bytecode.pkl")) {
      return "is TorchScript without the bytecode that phones run; "
          + "export it with _save_for_lite_interpreter";
    }
    if (said.contains("central directory") || said.contains("Format error")) {
      return "is damaged or cut short; copy or export it again";
    }
    if (said.contains("version")) {
      return "is of a version that this PyTorch Mobile does not read (" + Explanation.firstLine(said)
          + "); export it with an older torch, or as bytecode version 9 at most";
    }
    return "is no model that the lite interpreter loads (" + Explanation.firstLine(said)
        + "); export it with _save_for_lite_interpreter";
  }

  private static String operators(String said) {
    Set<String> names = new TreeSet<>();
    Matcher operator = OPERATOR.matcher(said.substring(said.indexOf("ops cannot be found")));
    while (operator.find() && !operator.group().startsWith("c10::")) {
      names.add(operator.group());
    }
    return String.join(", ", names);
  }
}
