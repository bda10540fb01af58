package io.elbench.runner;

import android.os.Build;
import org.junit.rules.ExternalResource;
import org.robolectric.util.ReflectionHelpers;

/** Makes the phone of a test say that it is an older one; it is itself again afterwards. */
final class AndroidVersion extends ExternalResource {

  private int own;

  @Override
  protected void before() {
    own = Build.VERSION.SDK_INT;
  }

  void set(int api) {
    ReflectionHelpers.setStaticField(Build.VERSION.class, "SDK_INT", api);
  }

  @Override
  protected void after() {
    set(own);
  }
}
