package io.github.coconut4j.batch;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lombok.extern.slf4j.Slf4j;

/**
 * Requests that one decoder continues. A decoder stores every time step since its first sequence,
 * so after some steps no more requests join, and it is closed after its last one.
 */
@Slf4j
final class Cohort implements AutoCloseable {

  private final CoconutModel model;
  private final int mostSteps;
  private final List<SubmittedRequest> requests = new ArrayList<>();
  private Decoder decoder;
  private int steps;

  Cohort(CoconutModel model, int mostSteps) {
    this.model = model;
    this.mostSteps = mostSteps;
  }

  int size() {
    return requests.size();
  }

  boolean takesMore() {
    return steps < mostSteps;
  }

  List<SubmittedRequest> requests() {
    return List.copyOf(requests);
  }

  /**
   * Reads the prompts of requests, with their thoughts, and adds them to the batch. If that fails,
   * they fail, and so do the requests of a decoder that cannot continue.
   */
  void join(List<SubmittedRequest> joining) {
    boolean isFirst = decoder == null;
    requests.addAll(joining); // first, so that they are notified of any exception below
    try {
      read(joining);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (isFirst || !(e instanceof IllegalArgumentException)) {
        fail(e);
      } else { // refused before anything was read
        log.error("{} requests could not join a batch", joining.size(), e);
        requests.removeAll(joining);
        joining.forEach(request -> request.fail(e));
      }
    }
  }

  private void read(List<SubmittedRequest> joining) {
    int padding = model.endOfSequence()[0];
    LatentBatch prompts =
        LatentBatch.of(
            new SequenceBatcher(padding)
                .batch(joining.stream().map(SubmittedRequest::getPrompt).toList()));
    int[] room = joining.stream().mapToInt(request -> request.getRoom() - 1).toArray();
    if (decoder == null) {
      decoder = model.getTransformer().decoder(prompts, room);
    } else {
      decoder.join(prompts, room);
    }
  }

  /** Fails all requests, since the decoder cannot continue. */
  private void fail(Throwable reason) {
    log.error("Decoding failed for {} requests", requests.size(), reason);
    requests.forEach(request -> request.fail(reason));
    requests.clear();
    close();
  }

  /** Removes requests that have ended. */
  private void leave() {
    int[] staying =
        IntStream.range(0, requests.size()).filter(i -> !requests.get(i).isEnded()).toArray();
    if (staying.length == requests.size()) {
      return;
    }
    requests.removeIf(SubmittedRequest::isEnded);
    if (staying.length > 0) {
      decoder.retain(staying);
    } else {
      close();
    }
  }

  /**
   * Removes requests that have ended and generates one token for every other. If that fails, they
   * fail.
   *
   * @param together number of requests that are answered at once
   */
  void step(int together) {
    try {
      requests.forEach(SubmittedRequest::endIfOver);
      leave();
      if (!requests.isEmpty()) {
        generate(together);
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(e);
    }
  }

  private void generate(int together) {
    float[][] logits = decoder.logitRows();
    int[] tokens =
        IntStream.range(0, requests.size())
            .map(i -> requests.get(i).choose(logits[i], together))
            .toArray();
    int[] next =
        IntStream.range(0, tokens.length)
            .filter(i -> !requests.get(i).isEnded())
            .map(i -> tokens[i])
            .toArray();
    leave();
    if (next.length > 0) {
      decoder.advance(next);
      steps++;
    }
  }

  @Override
  public void close() {
    if (decoder != null) {
      decoder.close();
      decoder = null;
      steps = 0;
    }
  }
}
