package io.github.coconut4j.model.op;

import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;

/**
 * Lends a graph's sessions to the threads that run it. SameDiff itself keeps a session, with its
 * kernels and arrays, for each thread that ever ran a graph, even after the thread has ended. Here
 * there are never more sessions than processors, and further threads wait.
 */
public final class SessionPool implements AutoCloseable {

  private static final int MOST = Runtime.getRuntime().availableProcessors();

  private final SameDiff graph;
  private final Semaphore turns = new Semaphore(MOST, true);

  /** The session used last comes first, since its memory is in the CPU caches. */
  private final Deque<JavaOpSession> idle = new ConcurrentLinkedDeque<>();

  private final Set<Thread> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public SessionPool(SameDiff graph) {
    this.graph = graph;
  }

  /** Whether this pool serves a graph. */
  public boolean serves(SameDiff other) {
    return graph == other;
  }

  /**
   * Runs the graph on the calling thread.
   *
   * @param run calls one of the graph's methods; it receives the session that these use
   * @throws IllegalStateException if the pool is closed, or called by a run of this thread
   */
  public <T> T run(Function<JavaOpSession, T> run) {
    requireOutside();
    turns.acquireUninterruptibly();
    running.add(Thread.currentThread());
    try {
      if (closed) {
        throw new IllegalStateException(
            "A model must be open to run, but it was closed. Make another.");
      }
      return runWith(session(), run);
    } finally {
      running.remove(Thread.currentThread());
      turns.release();
    }
  }

  private <T> T runWith(JavaOpSession session, Function<JavaOpSession, T> run) {
    long thread = Thread.currentThread().getId();
    session.usedBy(Thread.currentThread());
    graph.getSessions().put(thread, session);
    boolean succeeded = false;
    try {
      T result = run.apply(session);
      succeeded = true;
      return result;
    } finally {
      graph.getSessions().remove(thread);
      if (succeeded && idle.size() < MOST) {
        idle.push(session);
      } else {
        session.close(); // after a failure it holds arrays of the unfinished run
      }
    }
  }

  /** The thread's own session, if SameDiff made one, else an idle or new one. */
  private JavaOpSession session() {
    InferenceSession own = graph.getSessions().get(Thread.currentThread().getId());
    if (own instanceof JavaOpSession ours) {
      return ours;
    }
    JavaOpSession session = idle.poll();
    return session == null ? new JavaOpSession(graph) : session;
  }

  private void requireOutside() {
    if (running.contains(Thread.currentThread())) {
      throw new IllegalStateException(
          "A model's graph cannot be run or closed by a listener that its own run calls. Do it after"
              + " the run.");
    }
  }

  /** Waits for runs to end, then frees the sessions' native memory. */
  @Override
  public void close() {
    requireOutside();
    turns.acquireUninterruptibly(MOST);
    closed = true;
    for (JavaOpSession session = idle.poll(); session != null; session = idle.poll()) {
      session.close();
    }
    turns.release(MOST);
  }
}
