package io.elbench.runner.host;

import static org.junit.Assert.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.Test;

public final class InstrumentationOutputTest {

  @Test
  public void statusesAndTheResultLookAsAmPrintsThem() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    InstrumentationOutput output = new InstrumentationOutput(new PrintStream(printed));
    output.status("elbench_part", "eyJ");
    output.status("elbench", "9");
    output.result("elbench", "e30=");
    assertEquals(
        "INSTRUMENTATION_STATUS: elbench_part=eyJ\nINSTRUMENTATION_STATUS_CODE: 1\n"
            + "INSTRUMENTATION_STATUS: elbench=9\nINSTRUMENTATION_STATUS_CODE: 1\n"
            + "INSTRUMENTATION_RESULT: elbench=e30=\nINSTRUMENTATION_CODE: -1\n",
        printed.toString());
  }
}
