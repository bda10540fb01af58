package io.elbench.runner;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.content.ContextWrapper;
import android.content.Intent;
import android.view.WindowManager.LayoutParams;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, manifest = Config.NONE, shadows = ScriptedPowerManager.class)
public final class ActivityScreenTest {

  private static final long ENOUGH_MS = 10_000;

  @Rule public final AndroidVersion version = new AndroidVersion();

  private ActivityController<BenchmarkActivity> activity;
  private Intent started;

  @Test
  @SuppressWarnings("deprecation") // the flags' successors came with API 27
  public void theScreenIsShownKeptOnAndAboveTheLock() throws Exception {
    ActivityScreen screen = new ActivityScreen(opening(), ENOUGH_MS);
    assertFalse(screen.show());
    assertTrue(screen.visit() > 0);
    assertEquals(BenchmarkActivity.class.getName(), started.getComponent().getClassName());
    assertTrue((started.getFlags() & Intent.FLAG_ACTIVITY_NEW_TASK) != 0);
    int flags = activity.get().getWindow().getAttributes().flags;
    int wanted =
        LayoutParams.FLAG_KEEP_SCREEN_ON
            | LayoutParams.FLAG_SHOW_WHEN_LOCKED
            | LayoutParams.FLAG_TURN_SCREEN_ON;
    assertEquals(wanted, flags & wanted);
  }

  @Test
  public void aScreenThatSomethingCoveredIsVisitedAnew() throws Exception {
    ActivityScreen screen = new ActivityScreen(opening(), ENOUGH_MS);
    screen.show();
    int visit = screen.visit();
    activity.pause();
    assertEquals(0, screen.visit());
    activity.resume();
    assertTrue(screen.visit() > visit);
  }

  @Test
  public void sustainedPerformanceIsAskedForWhereThePhoneHasIt() throws Exception {
    ScriptedPowerManager.isSustainedModeSupported = true;
    ActivityScreen screen = new ActivityScreen(opening(), ENOUGH_MS);
    assertTrue(screen.show());
  }

  @Test
  public void theOldestAndroidIsNotAskedForIt() throws Exception {
    ScriptedPowerManager.isSustainedModeSupported = true;
    version.set(23);
    assertFalse(new ActivityScreen(opening(), ENOUGH_MS).show());
  }

  @Test
  public void aScreenThatDoesNotBecomeVisibleSaysWhatToDo() {
    Context closed =
        new ContextWrapper(RuntimeEnvironment.getApplication()) {
          @Override
          public void startActivity(Intent intent) {
            started = intent;
          }
        };
    IllegalStateException failure =
        assertThrows(IllegalStateException.class, () -> new ActivityScreen(closed, 1).show());
    assertTrue(failure.getMessage(), failure.getMessage().contains("within 1 ms; unlock the phone"));
  }

  /** A context in which the activity becomes visible at once. */
  private Context opening() {
    return new ContextWrapper(RuntimeEnvironment.getApplication()) {
      @Override
      public void startActivity(Intent intent) {
        started = intent;
        activity = Robolectric.buildActivity(BenchmarkActivity.class, intent).setup();
      }
    };
  }
}
