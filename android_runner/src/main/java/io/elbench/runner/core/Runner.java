package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;

/** The life of one process: it reads one request, carries it out and streams what it sees. */
public final class Runner {

  private Runner() {}

  /**
   * Carries out a request; whatever goes wrong becomes an {@code error} event.
   *
   * @param requestPath path of request.json on the phone; its folder bears the launch's name; null if
   *     none was given
   */
  public static void run(String requestPath, Platform platform) {
    RuntimeThreads.nameOwn();
    String launch = launchOf(requestPath);
    RecoveryCopy copy = RecoveryCopy.in(platform.recoveryFile(launch));
    EventStream stream =
        new EventStream(launch, platform.clock(), platform.base64(), platform.sink(), copy);
    boolean ok = false;
    try {
      Request request = Stage.run("request", () -> read(requestPath, launch, platform.storage()));
      Stage.run(
          "launch",
          () -> {
            new Launch(request, platform, stream).run();
            return null;
          });
      ok = true;
    } catch (StageFailed failed) {
      stream.emit(Events.error(failed));
    }
    stream.finish(ok);
  }

  private static String launchOf(String requestPath) {
    File folder = requestPath == null ? null : new File(requestPath).getParentFile();
    return folder == null ? "" : folder.getName();
  }

  private static Request read(String path, String launch, Storage storage) throws IOException {
    if (path == null) {
      throw new BadRequest("no request was named; give its path: am instrument -e request PATH");
    }
    Request request = RequestReader.read(Files.text(storage.readable(path)));
    if (!request.launch.equals(launch)) {
      throw new BadRequest(path + " is the request of launch " + request.launch);
    }
    return request;
  }
}
