package io.github.coconut4j.spark;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scala.reflect.ClassTag$;

/**
 * Compares two ranks of one core each with two independent trainings of one core each, in turn, in
 * the same two executors. Prints the ranks' share of the trainings' joint rate and the time of an
 * update. {@code benchmarks/spark-throughput} starts it.
 */
@Command(name = "spark-throughput", mixinStandardHelpOptions = true)
public final class ThroughputBench implements Runnable {

  private static final int RANKS = 2;

  @Option(names = "--config", defaultValue = "benchmarks/spark-throughput.yaml")
  private Path config;

  @Option(names = "--rounds", defaultValue = "5", description = "after one that is not counted")
  private int rounds;

  @Option(names = "--updates", defaultValue = "24", description = "of the last stage, timed")
  private int updates;

  @Option(names = "--warm-up", defaultValue = "5", description = "updates before them")
  private int warmUp;

  private ThroughputBench() {}

  /** Runs it. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ThroughputBench()).execute(arguments));
  }

  /** The file's configuration, with two micro-batches per update and nothing between updates. */
  private TrainingConfig shared() throws IOException {
    TrainingConfig file = ConfigFile.read(config).toTrainingConfig();
    List<Integer> steps = new ArrayList<>(Collections.nCopies(file.getMaxLatentStage(), 1));
    steps.add(warmUp + updates);
    return file.toBuilder()
        .batchSizeTraining(
            file.getBatchSizeTraining() * file.getGradientAccumulationSteps() / RANKS)
        .gradientAccumulationSteps(RANKS)
        .stageSteps(steps)
        .valPath(null)
        .checkpointEverySteps(null)
        .checkpointEveryMinutes(60.0)
        .threads(1)
        .build();
  }

  @Override
  public void run() {
    try {
      SparkConf conf = LocalCluster.conf(RANKS).set("spark.executor.memory", "1g");
      try (JavaSparkContext spark = new JavaSparkContext(conf)) {
        new Executors(spark, System.err::println).await(RANKS, () -> false);
        ThroughputTask task =
            new ThroughputTask(
                ConfigFile.toYaml(shared()), RANKS, rounds, updates, Secret.random());
        print(
            spark
                .parallelize(IntStream.range(0, RANKS).boxed().toList(), RANKS)
                .rdd()
                .barrier()
                .mapPartitions(task, false, ClassTag$.MODULE$.<UpdateCost>apply(UpdateCost.class))
                .toJavaRDD()
                .collect());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void print(List<UpdateCost> costs) throws IOException {
    List<Double> ratios = new ArrayList<>();
    for (int i = 1; i <= rounds; i++) {
      int round = i;
      double alone = rates(costs, round, false).stream().mapToDouble(rate -> rate).sum();
      double joint = Collections.min(rates(costs, round, true));
      ratios.add(joint / alone);
    }
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("config", config.toString());
    found.put("ratios", ratios);
    found.put("median", median(ratios));
    found.put("an update of two independent trainings", account(costs, false));
    found.put("an update of two ranks", account(costs, true));
    System.out.println(new ObjectMapper().writeValueAsString(found));
  }

  private static List<Double> rates(List<UpdateCost> costs, int round, boolean joint) {
    return costs.stream()
        .filter(cost -> cost.round() == round && cost.joint() == joint)
        .map(cost -> 1000 / cost.wall())
        .toList();
  }

  /** Medians of rounds and processes, in milliseconds. */
  private static Map<String, Double> account(List<UpdateCost> costs, boolean joint) {
    List<UpdateCost> counted =
        costs.stream().filter(cost -> cost.round() > 0 && cost.joint() == joint).toList();
    Map<String, Double> account = new LinkedHashMap<>();
    account.put("time", median(counted, UpdateCost::wall));
    account.put("cpu of the training thread", median(counted, UpdateCost::training));
    account.put("of which exchange", median(counted, UpdateCost::exchange));
    account.put("cpu of batches", median(counted, UpdateCost::batches));
    account.put("other cpu", median(counted, UpdateCost::other));
    account.put("time in the exchange", median(counted, UpdateCost::exchangeWall));
    account.put("of which all were there", median(counted, UpdateCost::transferWall));
    return account;
  }

  private static double median(
      Collection<UpdateCost> costs, ToDoubleFunction<UpdateCost> milliseconds) {
    return median(costs.stream().mapToDouble(milliseconds).boxed().toList());
  }

  private static double median(Collection<Double> values) {
    return new Median().evaluate(values.stream().mapToDouble(value -> value).toArray());
  }
}
