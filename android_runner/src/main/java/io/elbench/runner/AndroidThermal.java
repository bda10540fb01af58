package io.elbench.runner;

import android.annotation.TargetApi;
import android.content.Context;
import android.os.Build;
import android.os.PowerManager;
import io.elbench.runner.core.Thermal;

/** Thermal state as {@link PowerManager} tells it. */
final class AndroidThermal implements Thermal {

  private static final int FORECAST_SECONDS = 0;

  private final PowerManager power;

  AndroidThermal(Context context) {
    this.power = (PowerManager) context.getSystemService(Context.POWER_SERVICE);
  }

  @Override
  public Integer status() {
    return Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q ? currentStatus() : null;
  }

  @Override
  public Float headroom() {
    return Build.VERSION.SDK_INT >= Build.VERSION_CODES.R ? currentHeadroom() : null;
  }

  @TargetApi(Build.VERSION_CODES.Q)
  private Integer currentStatus() {
    return power.getCurrentThermalStatus();
  }

  /** Not a number where the phone does not support it, or was asked too often. */
  @TargetApi(Build.VERSION_CODES.R)
  private Float currentHeadroom() {
    float headroom = power.getThermalHeadroom(FORECAST_SECONDS);
    return Float.isNaN(headroom) || Float.isInfinite(headroom) ? null : Float.valueOf(headroom);
  }
}
