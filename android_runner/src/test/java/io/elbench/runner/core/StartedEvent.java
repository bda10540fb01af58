package io.elbench.runner.core;

import com.google.gson.JsonObject;
import java.util.Base64;

/** What a launch's first event says of some facts, for tests of platforms. */
public final class StartedEvent {

  private StartedEvent() {}

  public static JsonObject of(ProcessFacts facts) {
    StreamRecorder recorder = new StreamRecorder();
    Base64Encoder base64 = Base64.getEncoder()::encodeToString;
    new EventStream("l", new SteppedClock(), base64, recorder, RecoveryCopy.in(null))
        .emit(Events.started(facts, "pytorch_mobile", "1.12.2", 1));
    return recorder.body("started");
  }
}
