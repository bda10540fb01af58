package io.elbench.runner.host;

import io.elbench.runner.core.EventSink;
import java.io.PrintStream;

/** Prints statuses and the result as {@code am instrument -r} does. */
final class InstrumentationOutput implements EventSink {

  private final PrintStream output;

  InstrumentationOutput(PrintStream output) {
    this.output = output;
  }

  @Override
  public void status(String key, String value) {
    output.print("INSTRUMENTATION_STATUS: " + key + "=" + value + "\nINSTRUMENTATION_STATUS_CODE: 1\n");
    output.flush();
  }

  @Override
  public void result(String key, String value) {
    output.print("INSTRUMENTATION_RESULT: " + key + "=" + value + "\nINSTRUMENTATION_CODE: -1\n");
    output.flush();
  }
}
