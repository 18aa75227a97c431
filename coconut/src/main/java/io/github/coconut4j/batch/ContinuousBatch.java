package io.github.coconut4j.batch;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.model.internal.Arguments;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import lombok.extern.slf4j.Slf4j;

/**
 * Continuous batching: answers the requests of any number of threads in one batch. A new request
 * joins at the next token, an ended one leaves, and every request in the batch gets one token per
 * step. If the batch is full, requests wait in order of arrival.
 *
 * <p>Answers are those of {@link CoconutModel#generate}: they do not depend on other requests.
 *
 * <p>If memory runs out, or a decoder fails, the requests that it was answering fail, and the
 * others and later ones are answered. After any other {@link Error} all fail and no more are
 * accepted.
 */
@Slf4j
public final class ContinuousBatch implements AutoCloseable {

  /** Largest number of steps that a request waits for others to join with it. */
  private static final int MOST_STEPS_HELD = 3;

  private static final String STOPPING =
      "The server stops and takes no more requests. Ask again when it runs again.";

  private final CoconutModel model;
  private final BatchLimits limits;
  private final Deque<SubmittedRequest> waiting = new ArrayDeque<>();
  private final List<Cohort> cohorts = new ArrayList<>();
  private final Thread thread;

  /** Number of requests in the batch; written only by the batch's thread. */
  private volatile int active;

  /** Number of steps since a waiting request could have joined. */
  private int stepsHeld;

  /** Why no more requests are accepted; null if they are. */
  private String refusal;

  private volatile boolean stopping;

  /**
   * Starts the decoding thread.
   *
   * @param model owned by the caller; must stay open until this is closed
   */
  public ContinuousBatch(CoconutModel model, BatchLimits limits) {
    this.model = Arguments.requireNonNull(model, "model", "Open one.");
    this.limits = Arguments.requireNonNull(limits, "limits", "Take BatchLimits.DEFAULT.");
    thread = new Thread(this::run, "batch");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Queues a request.
   *
   * @return cancels the request, for a client that has disconnected
   * @throws IllegalArgumentException if the question is too long or not in the vocabulary
   * @throws QueueFullException if the queue is full
   * @throws StoppedException if no more requests are accepted, see {@link #acceptsRequests}
   */
  public Runnable submit(AnswerRequest request, AnswerListener listener) {
    Arguments.requireNonNull(request, "request", "Build one with AnswerRequest.builder().");
    Arguments.requireNonNull(listener, "listener", "It receives the answer.");
    refuseIfStopped();
    SubmittedRequest submitted = new SubmittedRequest(model, request, listener);
    synchronized (waiting) {
      refuseIfStopped();
      if (waiting.size() >= limits.getQueueSize()) {
        throw new QueueFullException(
            "At most "
                + limits.getQueueSize()
                + " requests may wait for an answer, and as many do. Ask again in a moment.");
      }
      waiting.add(submitted);
      waiting.notifyAll();
    }
    return submitted::cancel;
  }

  private void refuseIfStopped() {
    synchronized (waiting) {
      if (refusal != null) {
        throw new StoppedException(refusal);
      }
    }
  }

  private void refuse(String reason) {
    synchronized (waiting) {
      refusal = refusal == null ? reason : refusal;
      waiting.notifyAll();
    }
  }

  /**
   * Whether requests are accepted: not after {@link #drain}, {@link #close}, or an error that ended
   * decoding.
   */
  public boolean acceptsRequests() {
    synchronized (waiting) {
      return refusal == null;
    }
  }

  /** Number of waiting requests. */
  public int waiting() {
    synchronized (waiting) {
      return waiting.size();
    }
  }

  /** Number of requests in the batch. */
  public int active() {
    return active;
  }

  private void run() {
    Throwable reason =
        new StoppedException(
            "The server stopped before the answer was complete. Ask again when it runs again.");
    try {
      while (!stopping) {
        if (admit()) {
          step();
        }
      }
    } catch (RuntimeException | Error e) {
      reason = e;
      log.error("Decoding ended by an error; no more requests are accepted", e);
    } finally {
      end(reason);
    }
  }

  /** Admits requests, waiting for one if there is none; returns whether there is one. */
  private boolean admit() {
    List<SubmittedRequest> joining = new ArrayList<>();
    synchronized (waiting) {
      try {
        while (waiting.isEmpty() && active == 0 && !stopping) {
          waiting.notifyAll();
          waiting.wait();
        }
      } catch (InterruptedException e) {
        stopping = true;
        return false;
      }
    }
    endExpired();
    synchronized (waiting) {
      waiting.removeIf(SubmittedRequest::isEnded);
      if (mayJoin()) {
        while (!waiting.isEmpty() && active + joining.size() < limits.getBatchSize()) {
          joining.add(waiting.remove());
        }
      }
      active += joining.size();
    }
    if (!joining.isEmpty()) {
      newest().join(joining);
      active = decoded();
    }
    return active > 0;
  }

  /**
   * Ends waiting requests that nobody waits for any more. Their listeners are called without the
   * lock, and for a copy: they may submit other requests, and must not keep others from that.
   */
  private void endExpired() {
    List<SubmittedRequest> checked;
    synchronized (waiting) {
      checked = List.copyOf(waiting);
    }
    checked.forEach(SubmittedRequest::endIfOver);
  }

  /**
   * Whether waiting requests join now or a few steps later. Questions that are read together
   * compute their thoughts together, in little more time than a single one, so a few requests wait
   * for others if the batch is large.
   */
  private boolean mayJoin() {
    int joining = Math.min(waiting.size(), limits.getBatchSize() - active);
    boolean isNow = waiting.isEmpty() || 2 * joining >= active || stepsHeld == MOST_STEPS_HELD;
    stepsHeld = isNow ? 0 : stepsHeld + 1;
    return isNow;
  }

  private Cohort newest() {
    if (cohorts.isEmpty() || !cohorts.get(cohorts.size() - 1).takesMore()) {
      cohorts.add(new Cohort(model, limits.getDecoderSteps()));
    }
    return cohorts.get(cohorts.size() - 1);
  }

  private void step() {
    for (Cohort cohort : cohorts) {
      cohort.step(active);
    }
    cohorts.removeIf(cohort -> cohort.size() == 0);
    active = decoded();
  }

  private int decoded() {
    return cohorts.stream().mapToInt(Cohort::size).sum();
  }

  /** Fails all requests; no thread decodes later ones. */
  private void end(Throwable reason) {
    refuse(
        "Decoding ended by an error, so no more requests are taken. The log says which error;"
            + " restart the server.");
    List<SubmittedRequest> failed = new ArrayList<>();
    cohorts.forEach(cohort -> failed.addAll(cohort.requests()));
    synchronized (waiting) {
      failed.addAll(waiting);
      waiting.clear();
      active = 0;
    }
    failed.forEach(request -> request.fail(reason));
    cohorts.forEach(Cohort::close);
  }

  /**
   * Accepts no more requests and waits for those that it has.
   *
   * @return whether all were answered in time
   */
  public boolean drain(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    refuse(STOPPING);
    synchronized (waiting) {
      while ((active > 0 || !waiting.isEmpty()) && System.nanoTime() - end < 0) {
        waiting.wait(10);
      }
      return active == 0 && waiting.isEmpty();
    }
  }

  /**
   * Ends immediately; unanswered requests fail. The model is not used any more when this returns,
   * except if a listener calls it: then decoding ends once the listener has returned.
   */
  @Override
  public void close() {
    stopping = true;
    refuse(STOPPING);
    if (Thread.currentThread() != thread) {
      awaitEnd();
    }
  }

  /** Also waits if interrupted, since the caller may close the model next. */
  private void awaitEnd() {
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
