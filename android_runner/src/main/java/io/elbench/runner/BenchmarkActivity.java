package io.elbench.runner;

import android.annotation.TargetApi;
import android.app.Activity;
import android.content.Context;
import android.os.Build;
import android.os.Bundle;
import android.os.PowerManager;
import android.view.Gravity;
import android.view.WindowManager;
import android.widget.TextView;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A still and opaque screen: while it is visible, Android schedules the process as the one in use. */
public final class BenchmarkActivity extends Activity {

  @SuppressWarnings("deprecation") // their successors came with API 27
  private static final int WINDOW_FLAGS =
      WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON
          | WindowManager.LayoutParams.FLAG_SHOW_WHEN_LOCKED
          | WindowManager.LayoutParams.FLAG_TURN_SCREEN_ON;

  // One process makes one launch and shows this screen once, so its state is the process's.
  private static volatile CountDownLatch shown = new CountDownLatch(1);
  private static volatile boolean sustained;
  private static volatile int visits;
  private static volatile int visit;

  /** Forgets earlier screens; to be called before this one is started. */
  static void expect() {
    shown = new CountDownLatch(1);
    sustained = false;
    visit = 0;
  }

  /** Waits until the screen is visible; false if that takes too long. */
  static boolean awaitVisible(long timeoutMs) throws InterruptedException {
    return shown.await(timeoutMs, TimeUnit.MILLISECONDS);
  }

  /** Whether the phone holds a performance level that it can sustain. */
  static boolean isSustained() {
    return sustained;
  }

  /** As {@link io.elbench.runner.core.Screen#visit}. */
  static int visit() {
    return visit;
  }

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    getWindow().addFlags(WINDOW_FLAGS);
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.N) {
      sustainPerformance();
    }
    TextView text = new TextView(this);
    text.setText("elbench is measuring.\nPlease leave the phone alone.");
    text.setGravity(Gravity.CENTER);
    setContentView(text);
  }

  @TargetApi(Build.VERSION_CODES.N)
  private void sustainPerformance() {
    PowerManager power = (PowerManager) getSystemService(Context.POWER_SERVICE);
    if (power.isSustainedPerformanceModeSupported()) {
      getWindow().setSustainedPerformanceMode(true);
      sustained = true;
    }
  }

  @Override
  protected void onResume() {
    super.onResume();
    visits++;
    visit = visits;
    shown.countDown();
  }

  @Override
  protected void onPause() {
    visit = 0;
    super.onPause();
  }
}
