package io.elbench.runner.core;

import java.util.Collections;
import java.util.List;

/** request.json: everything that one launch does. {@link RequestReader} makes it. */
public final class Request {

  public static final int SCHEMA = 2;

  public final String launch;
  public final List<Model> models;
  public final boolean isDuet;
  public final int block;
  public final int threads;
  public final Warmup warmup;
  public final Measure measure;
  public final int memoryPeriodMs;

  /** Null where times are measured, and not what a model takes inputs for. */
  public final List<Images> evaluate;

  public final boolean foreground;

  Request(
      String launch,
      List<Model> models,
      boolean isDuet,
      int block,
      int threads,
      Warmup warmup,
      Measure measure,
      int memoryPeriodMs,
      List<Images> evaluate,
      boolean foreground) {
    this.launch = launch;
    this.models = Collections.unmodifiableList(models);
    this.isDuet = isDuet;
    this.block = block;
    this.threads = threads;
    this.warmup = warmup;
    this.measure = measure;
    this.memoryPeriodMs = memoryPeriodMs;
    this.evaluate = evaluate == null ? null : Collections.unmodifiableList(evaluate);
    this.foreground = foreground;
  }

  /** One model to measure. */
  public static final class Model {

    public final String name;
    public final String runtime;
    public final String path;
    public final String sha256;
    public final List<Input> inputs;

    /** {@code none}, {@code digest} or {@code values}. */
    public final String outputs;

    public Model(
        String name, String runtime, String path, String sha256, List<Input> inputs, String outputs) {
      this.name = name;
      this.runtime = runtime;
      this.path = path;
      this.sha256 = sha256;
      this.inputs = Collections.unmodifiableList(inputs);
      this.outputs = outputs;
    }
  }

  /** One raw float32 input file. */
  public static final class Input {

    public final String path;
    public final long[] shape;
    public final boolean isChannelsLast;

    public Input(String path, long[] shape, boolean isChannelsLast) {
      this.path = path;
      this.shape = shape;
      this.isChannelsLast = isChannelsLast;
    }
  }

  /** When warm-up may end. */
  public static final class Warmup {

    public final long minIterations;
    public final double minSeconds;
    public final double maxSeconds;

    /** {@code ema} or {@code fixed}. */
    public final String rule;

    public Warmup(long minIterations, double minSeconds, double maxSeconds, String rule) {
      this.minIterations = minIterations;
      this.minSeconds = minSeconds;
      this.maxSeconds = maxSeconds;
      this.rule = rule;
    }
  }

  /** How long the steady phase lasts; both minima must be met, either maximum ends it. */
  public static final class Measure {

    public final long minIterations;
    public final double minSeconds;
    public final int maxIterations;
    public final double maxSeconds;
    public final int pauseMs;

    public Measure(
        long minIterations, double minSeconds, int maxIterations, double maxSeconds, int pauseMs) {
      this.minIterations = minIterations;
      this.minSeconds = minSeconds;
      this.maxIterations = maxIterations;
      this.maxSeconds = maxSeconds;
      this.pauseMs = pauseMs;
    }
  }

  /** A file with inputs of the model's shape, raw one after the other. */
  public static final class Images {

    public final String path;
    public final String sha256;
    public final int count;

    public Images(String path, String sha256, int count) {
      this.path = path;
      this.sha256 = sha256;
      this.count = count;
    }
  }
}
