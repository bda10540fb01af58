package io.elbench.runner;

import android.system.Os;
import android.system.OsConstants;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;

/** The system calls of a phone with pages of 16 KiB. */
@Implements(Os.class)
public class ScriptedOs {

  static final long PAGE_BYTES = 16384;

  @Implementation
  protected static long sysconf(int name) {
    return name == OsConstants._SC_PAGESIZE ? PAGE_BYTES : -1;
  }
}
