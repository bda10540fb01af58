package io.elbench.runner.core;

/** What the process shows while it measures. */
public interface Screen {

  /**
   * Shows the visible opaque activity and keeps the screen on.
   *
   * @return whether the phone holds a performance level that it can sustain (sustained performance mode)
   * @throws Exception the activity does not become visible, in words that a person can act on
   */
  boolean show() throws Exception;

  /** Number of the present stretch of being visible without a break; 0 while something else is in front. */
  int visit();
}
