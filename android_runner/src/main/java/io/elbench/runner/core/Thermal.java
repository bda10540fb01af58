package io.elbench.runner.core;

/** Thermal state as the app's own API gives it. */
public interface Thermal {

  /** 0 none to 6 shutdown; null before Android 10. */
  Integer status();

  /** 1 is where throttling becomes severe; null before Android 11 or where the phone does not say. */
  Float headroom();
}
