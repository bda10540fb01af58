package io.elbench.runner.core;

/** A model that this phone cannot run, in words that a person can act on. */
public final class UnusableModel extends RuntimeException {

  private static final long serialVersionUID = 1;

  public UnusableModel(String message) {
    super(message);
  }

  public UnusableModel(String message, Throwable cause) {
    super(message, cause);
  }
}
