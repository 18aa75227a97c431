package io.github.coconut4j.spark;

import com.sun.management.OperatingSystemMXBean;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.train.GradientExchange;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** One process of {@link ThroughputBench}: trains alone and as a rank, in turn. */
@RequiredArgsConstructor
final class ThroughputTask extends AbstractFunction1<Iterator<Integer>, Iterator<UpdateCost>>
    implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final int MOST_TRIES = 5;

  private final String config;
  private final int ranks;
  private final int rounds;
  private final int updates;
  private final Secret secret;

  @Override
  public Iterator<UpdateCost> apply(Iterator<Integer> numbers) {
    BarrierTaskContext context = BarrierTaskContext.get();
    try (SocketExchange exchange =
        SocketExchange.connect(
            context.partitionId(),
            ranks,
            SparkEnv.get().blockManager().blockManagerId().host(),
            secret,
            Wire.FLOAT32,
            context::allGather)) {
      keepTo(context.partitionId());
      return CollectionConverters.asScala(costs(new CountedExchange(exchange))).iterator();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Binds this process, including its future threads, to one processor. {@code taskset} fails if a
   * thread ends meanwhile.
   */
  private static void keepTo(int processor) throws IOException, InterruptedException {
    String pid = Long.toString(ProcessHandle.current().pid());
    for (int i = 1; !taskset("-acp", Integer.toString(processor), pid); i++) {
      if (i == MOST_TRIES) {
        throw new IOException("taskset cannot keep process " + pid + " to processor " + processor);
      }
    }
  }

  private static boolean taskset(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("taskset"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor()
        == 0;
  }

  private List<UpdateCost> costs(CountedExchange exchange) throws IOException {
    TrainingConfig training = ConfigFile.parse("run", config).toTrainingConfig();
    ProblemSplits problems = ProblemSplits.of(training);
    List<UpdateCost> costs = new ArrayList<>();
    for (int round = 0; round <= rounds; round++) {
      for (boolean joint : List.of(round % 2 == 0, round % 2 != 0)) {
        exchange.sum(List.of(), new double[1]); // both start at the same time
        costs.add(cost(training, problems, exchange, round, joint));
      }
    }
    return costs;
  }

  private UpdateCost cost(
      TrainingConfig training,
      ProblemSplits problems,
      CountedExchange exchange,
      int round,
      boolean joint)
      throws IOException {
    int last = training.getStageSteps().stream().mapToInt(Integer::intValue).sum();
    Window window = new Window(exchange, last - updates, last);
    try (Scratch scratch = Scratch.create();
        TrainingRun run =
            TrainingRun.builder()
                .config(training)
                .directory(new RunDirectory(scratch.path().resolve("run")))
                .problems(problems)
                .exchange(joint ? exchange : null)
                .observer(window)
                .build()) {
      run.train();
    }
    return window.cost(round, joint);
  }

  /** Measures the time of the exchange. */
  @RequiredArgsConstructor
  private static final class CountedExchange implements GradientExchange {

    private final SocketExchange exchange;
    private long wall;
    private long cpu;

    @Override
    public int rank() {
      return exchange.rank();
    }

    @Override
    public int size() {
      return exchange.size();
    }

    @Override
    public double[] sum(List<ByteBuffer> floats, double[] values) throws IOException {
      long cpuBefore = Clocks.THREADS.getCurrentThreadCpuTime();
      long before = System.nanoTime();
      double[] sum = exchange.sum(floats, values);
      wall += System.nanoTime() - before;
      cpu += Clocks.THREADS.getCurrentThreadCpuTime() - cpuBefore;
      return sum;
    }
  }

  /** Clocks of this process at one time, in nanoseconds. */
  private record Clocks(
      long wall,
      long training,
      long batches,
      long process,
      long exchange,
      long exchangeWall,
      long transferWall) {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    static Clocks read(CountedExchange exchange) {
      return new Clocks(
          System.nanoTime(),
          THREADS.getCurrentThreadCpuTime(),
          batchesTime(),
          SYSTEM.getProcessCpuTime(),
          exchange.cpu,
          exchange.wall,
          exchange.exchange.getNanos());
    }

    private static long batchesTime() {
      long sum = 0;
      for (long id : THREADS.getAllThreadIds()) {
        ThreadInfo thread = THREADS.getThreadInfo(id);
        if (thread != null && thread.getThreadName().equals("batch-prefetch")) {
          sum += THREADS.getThreadCpuTime(id);
        }
      }
      return sum;
    }
  }

  /** The updates that are measured. */
  @RequiredArgsConstructor
  private static final class Window implements TrainingObserver {

    private final CountedExchange exchange;
    private final int from;
    private final int to;
    private Clocks start;
    private Clocks end;

    @Override
    public void updated(UpdateMetrics metrics) {
      if (metrics.getStep() == from) {
        start = Clocks.read(exchange);
      } else if (metrics.getStep() == to) {
        end = Clocks.read(exchange);
      }
    }

    UpdateCost cost(int round, boolean joint) {
      double scale = 1e6 * (to - from);
      double training = (end.training - start.training) / scale;
      double batches = (end.batches - start.batches) / scale;
      return new UpdateCost(
          round,
          joint,
          (end.wall - start.wall) / scale,
          training,
          (end.exchange - start.exchange) / scale,
          batches,
          (end.process - start.process) / scale - training - batches,
          (end.exchangeWall - start.exchangeWall) / scale,
          (end.transferWall - start.transferWall) / scale);
    }
  }
}
