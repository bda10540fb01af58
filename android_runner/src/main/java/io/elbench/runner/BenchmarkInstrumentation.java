package io.elbench.runner;

import android.app.Activity;
import android.app.Instrumentation;
import android.os.Bundle;
import android.os.Process;
import io.elbench.runner.core.EventSink;
import io.elbench.runner.core.Runner;

/** What {@code am instrument} starts: one fresh process, one launch. */
public final class BenchmarkInstrumentation extends Instrumentation implements EventSink {

  private static final int STATUS_CODE = 1;

  private String requestPath;

  @Override
  public void onCreate(Bundle arguments) {
    super.onCreate(arguments);
    requestPath = arguments == null ? null : arguments.getString("request");
    start();
  }

  @Override
  public void onStart() {
    super.onStart();
    // Android runs instrumentations at a display's priority, which no app that uses a model has.
    Process.setThreadPriority(Process.THREAD_PRIORITY_DEFAULT);
    Runner.run(requestPath, new AndroidPlatform(getTargetContext(), this));
  }

  @Override
  public void status(String key, String value) {
    sendStatus(STATUS_CODE, bundle(key, value));
  }

  @Override
  public void result(String key, String value) {
    finish(Activity.RESULT_OK, bundle(key, value));
  }

  private static Bundle bundle(String key, String value) {
    Bundle bundle = new Bundle();
    bundle.putString(key, value);
    return bundle;
  }
}
