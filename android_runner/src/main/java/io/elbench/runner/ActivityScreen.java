package io.elbench.runner;

import android.content.Context;
import android.content.Intent;
import io.elbench.runner.core.Screen;

/** Shows {@link BenchmarkActivity}. */
final class ActivityScreen implements Screen {

  private final Context context;
  private final long timeoutMs;

  /**
   * @param timeoutMs how long a phone may take to show the screen
   */
  ActivityScreen(Context context, long timeoutMs) {
    this.context = context;
    this.timeoutMs = timeoutMs;
  }

  @Override
  public boolean show() throws InterruptedException {
    int flags = Intent.FLAG_ACTIVITY_NEW_TASK | Intent.FLAG_ACTIVITY_NO_ANIMATION;
    BenchmarkActivity.expect();
    context.startActivity(new Intent(context, BenchmarkActivity.class).addFlags(flags));
    if (!BenchmarkActivity.awaitVisible(timeoutMs)) {
      throw new IllegalStateException(
          "the benchmark's screen did not become visible within " + timeoutMs
              + " ms; unlock the phone, close dialogs, and let this app open windows where its maker asks");
    }
    return BenchmarkActivity.isSustained();
  }

  @Override
  public int visit() {
    return BenchmarkActivity.visit();
  }
}
