package io.elbench.runner.core;

import java.io.File;

/** Everything that the runner's core needs of the system it runs on. */
public interface Platform {

  Clock clock();

  Storage storage();

  Screen screen();

  Thermal thermal();

  Heaps heaps();

  Base64Encoder base64();

  EventSink sink();

  /** Where the recovery copy of a launch goes, or null where there is no such place. */
  File recoveryFile(String launch);

  /** Takes note that a phase has ended and its memory was sent. */
  void phaseEnded(String phase);

  /** Loads the runtime's libraries. */
  Engine engine();

  /** What this process is, with the screen as it is now. */
  ProcessFacts facts(boolean sustainedMode);
}
