package io.elbench.runner;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.os.Bundle;
import android.os.Process;
import com.google.gson.JsonObject;
import io.elbench.runner.core.StreamRecorder;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.shadow.api.Shadow;

/** What {@code am instrument} starts, up to where PyTorch's library is missing on a desktop. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, manifest = Config.NONE, shadows = RecordingInstrumentation.class)
public final class BenchmarkInstrumentationTest {

  private static final String REQUEST =
      "{\"schema\": 2, \"launch\": \"L1\", \"threads\": 1, \"foreground\": false,"
          + "\"models\": [{\"name\": \"m\", \"runtime\": \"pytorch_mobile\", \"path\": \"/m.ptl\","
          + "\"sha256\": \"0\", \"inputs\": []}],"
          + "\"warmup\": {\"min_iterations\": 1, \"min_seconds\": 0, \"max_seconds\": 1, \"rule\": \"fixed\"},"
          + "\"measure\": {\"min_iterations\": 1, \"min_seconds\": 0, \"max_iterations\": 1, \"max_seconds\": 1},"
          + "\"memory\": {\"period_ms\": 0}}";

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private final BenchmarkInstrumentation instrumentation = new BenchmarkInstrumentation();
  private final RecordingInstrumentation system = Shadow.extract(instrumentation);

  @Test
  public void withoutArgumentsItSaysWhatIsMissing() {
    instrumentation.onCreate(null);
    assertTrue(system.isStarted);
    instrumentation.onStart();
    assertEndedWithError("request", "am instrument -e request PATH");
  }

  @Test
  public void aRequestThatIsNotThereIsAnError() {
    launch("/data/local/tmp/elbench/launches/L1/request.json");
    assertEndedWithError("request", "/launches/L1/request.json");
  }

  @Test
  public void withoutPyTorchsLibraryTheStartFailsInWords() throws IOException {
    launch(written(REQUEST));
    assertEndedWithError("start", "the runtime's libraries do not load");
    assertEquals("L1", system.stream.envelopes.get(0).get("launch").getAsString());
  }

  @Test
  public void itMeasuresAtThePriorityOfAnApp() {
    Process.setThreadPriority(Process.THREAD_PRIORITY_URGENT_DISPLAY);
    launch("/none");
    assertEquals(Process.THREAD_PRIORITY_DEFAULT, Process.getThreadPriority(Process.myTid()));
  }

  private void launch(String path) {
    Bundle arguments = new Bundle();
    arguments.putString("request", path);
    instrumentation.onCreate(arguments);
    instrumentation.onStart();
  }

  private String written(String request) throws IOException {
    File file = new File(folder.newFolder("L1"), "request.json");
    try (OutputStream output = new FileOutputStream(file)) {
      output.write(request.getBytes(StandardCharsets.UTF_8));
    }
    return file.getPath();
  }

  private void assertEndedWithError(String stage, String words) {
    StreamRecorder stream = system.stream;
    assertEquals(Arrays.asList("error", "finished"), stream.order());
    JsonObject error = stream.body("error");
    String message = error.get("message").getAsString();
    assertEquals(message, stage, error.get("stage").getAsString());
    assertTrue(message, message.contains(words));
    assertFalse(stream.result.get("ok").getAsBoolean());
    assertEquals(Collections.nCopies(2, 1), system.statusCodes);
    assertEquals(Integer.valueOf(Activity.RESULT_OK), system.resultCode);
    assertEquals(-1, Activity.RESULT_OK);
  }
}
