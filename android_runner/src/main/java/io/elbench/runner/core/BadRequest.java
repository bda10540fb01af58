package io.elbench.runner.core;

/** A request.json that breaks the contract; the message names the key. */
public final class BadRequest extends RuntimeException {

  private static final long serialVersionUID = 1;

  public BadRequest(String message) {
    super(message);
  }
}
