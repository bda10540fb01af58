package io.elbench.runner;

import android.app.Instrumentation;
import android.content.Context;
import android.os.Bundle;
import io.elbench.runner.core.StreamRecorder;
import java.util.ArrayList;
import java.util.List;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowInstrumentation;

/** The system's side of an instrumentation: keeps what would go to {@code am}. */
@Implements(Instrumentation.class)
public class RecordingInstrumentation extends ShadowInstrumentation {

  final StreamRecorder stream = new StreamRecorder();
  final List<Integer> statusCodes = new ArrayList<>();
  Integer resultCode;
  boolean isStarted;

  @Implementation
  protected Context getTargetContext() {
    return RuntimeEnvironment.getApplication();
  }

  /** On a phone this makes the thread that calls onStart. */
  @Implementation
  protected void start() {
    isStarted = true;
  }

  @Implementation
  protected void sendStatus(int code, Bundle results) {
    statusCodes.add(code);
    String key = onlyKey(results);
    stream.status(key, results.getString(key));
  }

  @Implementation
  protected void finish(int code, Bundle results) {
    resultCode = code;
    String key = onlyKey(results);
    stream.result(key, results.getString(key));
  }

  private static String onlyKey(Bundle bundle) {
    if (bundle.size() != 1) {
      throw new AssertionError("one key is expected, there are " + bundle.keySet());
    }
    return bundle.keySet().iterator().next();
  }
}
