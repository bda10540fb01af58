package io.elbench.runner.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;

/** The best classes of input after input, until they are told in an event; in arrays made beforehand. */
final class Predictions {

  static final int BEST = 5;
  static final int INPUTS_PER_EVENT = 512;

  /** Whoever listens must not take a slow phone for a hung one. */
  static final long LONGEST_SILENCE_NS = 5_000_000_000L;

  private final String model;
  private final MessageDigest digest = Files.sha256();
  private final long[] classes = new long[INPUTS_PER_EVENT * BEST];
  private final long[] notFinite = new long[INPUTS_PER_EVENT];
  private int best;
  private int told;
  private int waiting;
  private int waitingNotFinite;
  private long toldNs;

  Predictions(String model, long nowNs) {
    this.model = model;
    this.toldNs = nowNs;
  }

  /**
   * Notes the best classes of the next input.
   *
   * @throws UnusableModel the model returns another number of classes than before
   */
  void add(OutputValues output) {
    int[] found = output.best(BEST);
    if (told + waiting > 0 && found.length != best) {
      throw new UnusableModel(model + " returns " + found.length + " classes now and had more or fewer before");
    }
    best = found.length;
    ByteBuffer hashed = ByteBuffer.allocate(Integer.BYTES * best).order(ByteOrder.LITTLE_ENDIAN);
    for (int place = 0; place < best; place++) {
      classes[waiting * best + place] = found[place];
      hashed.putInt(found[place]);
    }
    digest.update(hashed.array());
    if (!output.isFinite()) {
      notFinite[waitingNotFinite++] = told + waiting;
    }
    waiting++;
  }

  boolean isEmpty() {
    return waiting == 0;
  }

  boolean areDue(long nowNs) {
    return waiting == INPUTS_PER_EVENT || nowNs - toldNs >= LONGEST_SILENCE_NS;
  }

  /** The event that tells those that wait; then none does. */
  Event event(long nowNs) {
    Event event =
        Events.predicted(
            model,
            told,
            best,
            Arrays.copyOf(classes, waiting * best),
            Arrays.copyOf(notFinite, waitingNotFinite));
    told += waiting;
    waiting = 0;
    waitingNotFinite = 0;
    toldNs = nowNs;
    return event;
  }

  /** The event behind the last one: how many there were, and the hash of all classes as little-endian int32. */
  Event evaluated() {
    return Events.evaluated(model, told, Files.hexadecimal(digest.digest()));
  }
}
