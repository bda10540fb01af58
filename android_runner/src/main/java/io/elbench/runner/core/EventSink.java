package io.elbench.runner.core;

/** Where the statuses of a stream go: to {@code am}, which prints them. */
public interface EventSink {

  /** Passes on one status. */
  void status(String key, String value);

  /** Passes on the result, which ends the stream. */
  void result(String key, String value);
}
