package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.tuning.candidate.FailureCause;
import io.github.coconut4j.tuning.candidate.TrainingThread;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** The Spark task of one rank: connects to the other ranks and trains. Rank 0 publishes. */
@Slf4j
@RequiredArgsConstructor
final class RankTask extends AbstractFunction1<Iterator<Integer>, Iterator<RankEnd>>
    implements Serializable {

  private static final long serialVersionUID = 1L;

  private final RankWork work;
  private final Progress progress;

  @Override
  public Iterator<RankEnd> apply(Iterator<Integer> ranks) {
    try (Scratch scratch = Scratch.create()) {
      RankEnd end = run(BarrierTaskContext.get(), scratch.path());
      return CollectionConverters.asScala(List.of(end)).iterator();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a failure of the machine; another attempt follows
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The rank was stopped.", e);
    }
  }

  private RankEnd run(BarrierTaskContext context, Path scratch)
      throws IOException, InterruptedException {
    final String gpu = ExecutorGpus.take(context);
    Configuration hadoop = SparkHadoopUtil.get().conf();
    RunStore store = new RunStore(work.run(), hadoop);
    RunDirectory directory = new RunDirectory(scratch.resolve("run"));
    if (work.start() != null) {
      store.fetch(work.start(), directory.path());
    }
    ProblemSplits problems = problems(config(context), hadoop, scratch);
    try (SocketExchange exchange =
        SocketExchange.connect(
            context.partitionId(),
            work.ranks(),
            SparkEnv.get().blockManager().blockManagerId().host(),
            work.secret(),
            work.wire(),
            context::allGather)) {
      return train(builder(context, directory, problems, store), exchange, directory, store, gpu);
    }
  }

  private ProblemSplits problems(TrainingConfig config, Configuration hadoop, Path scratch)
      throws IOException {
    try {
      return new InputFiles(work.inputs(), hadoop).fetch(config, work.sources(), scratch);
    } catch (IllegalArgumentException e) { // another attempt would fail too
      throw failure(e);
    }
  }

  private TrainingConfig config(BarrierTaskContext context) {
    TrainingConfig config = ConfigFile.parse("run", work.config()).toTrainingConfig();
    return config.getThreads() == null
        ? config.toBuilder().threads(context.cpus()).build()
        : config;
  }

  private TrainingRun.TrainingRunBuilder builder(
      BarrierTaskContext context, RunDirectory directory, ProblemSplits problems, RunStore store) {
    TrainingRun.TrainingRunBuilder builder =
        TrainingRun.builder()
            .config(config(context))
            .directory(directory)
            .problems(problems)
            .resume(work.start() != null)
            .force(work.force());
    if (context.partitionId() > 0) {
      return builder;
    }
    return builder.observer(progress).observer(new RunFiles(directory).publisher(store));
  }

  private RankEnd train(
      TrainingRun.TrainingRunBuilder builder,
      SocketExchange exchange,
      RunDirectory directory,
      RunStore store,
      String gpu)
      throws IOException, InterruptedException {
    try (TrainingRun run = started(builder, exchange)) {
      return result(
          new TrainingThread<>(
              () -> trainToEnd(run, exchange, directory, store, gpu),
              run::requestStop, // stops all ranks after their next update
              SparkSettings.GRACE,
              () -> disconnect(exchange))); // it may be waiting for a lost rank
    }
  }

  private static void disconnect(SocketExchange exchange) {
    try {
      exchange.close();
    } catch (IOException e) {
      log.warn("The connections of a rank that is stopping could not be closed", e);
    }
  }

  private static TrainingRun started(
      TrainingRun.TrainingRunBuilder builder, SocketExchange exchange) throws IOException {
    try {
      return builder.exchange(exchange).build();
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  private static RankEnd result(TrainingThread<RankEnd> training)
      throws IOException, InterruptedException {
    try {
      return training.run();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw failure(e.getCause());
    }
  }

  private static RuntimeException failure(Throwable cause) {
    return cause instanceof UncheckedIOException machines
        ? machines
        : new RankFailure(FailureCause.line(String.valueOf(cause.getMessage())), cause);
  }

  private static RankEnd trainToEnd(
      TrainingRun run, SocketExchange exchange, RunDirectory directory, RunStore store, String gpu)
      throws IOException {
    run.train();
    SnapshotName result = null;
    if (run.isFinished() && !run.problems().getEvaluation().isEmpty()) {
      RunSummary summary = RunSummary.of(run, run.evaluate()); // divided among the ranks
      if (exchange.rank() == 0) {
        summary.write(directory.evaluation());
      }
    }
    if (run.isFinished() && exchange.rank() == 0) {
      result = new RunFiles(directory).publishResult(store, run.state().getStep());
    }
    return new RankEnd(
        exchange.rank(),
        SparkEnv.get().blockManager().blockManagerId().host(),
        ProcessHandle.current().pid(),
        gpu,
        result,
        SafetensorsWriter.sum(run.trainedModel().getTransformer().getWeights().trained(), Map.of()),
        run.state().getStep(),
        run.isStoppedEarly(),
        exchange.getNanos() / 1e9,
        exchange.getBytesSent());
  }
}
