package io.elbench.runner.core;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A stage of the launch failed in a way that a person can act on. */
final class StageFailed extends Exception {

  private static final long serialVersionUID = 1;

  private final String stage;

  StageFailed(String stage, Throwable cause) {
    super(Explanation.of(cause), cause);
    this.stage = stage;
  }

  String stage() {
    return stage;
  }

  /** The class of what was thrown. */
  String kind() {
    return getCause().getClass().getSimpleName();
  }

  String stack() {
    StringWriter text = new StringWriter();
    getCause().printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
