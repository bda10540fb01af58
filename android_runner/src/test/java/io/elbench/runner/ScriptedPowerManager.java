package io.elbench.runner;

import android.os.PowerManager;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.annotation.Resetter;
import org.robolectric.shadows.ShadowPowerManager;

/** A power manager that says of heat and of sustained performance what a test sets. */
@Implements(PowerManager.class)
public class ScriptedPowerManager extends ShadowPowerManager {

  static float headroom;
  static boolean isSustainedModeSupported;

  @Implementation
  protected float getThermalHeadroom(int forecastSeconds) {
    return headroom;
  }

  @Implementation
  protected boolean isSustainedPerformanceModeSupported() {
    return isSustainedModeSupported;
  }

  /** Back to a phone that supports neither. */
  @Resetter
  public static void reset() {
    ShadowPowerManager.reset();
    headroom = Float.NaN;
    isSustainedModeSupported = false;
  }
}
