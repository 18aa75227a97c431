package io.github.coconut4j.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How the shell launcher finds Spark. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class SparkLauncherTest {

  @TempDir private Path directory;
  private Checkout checkout;

  @BeforeEach
  void createCheckout() throws IOException {
    checkout = Checkout.create(directory);
  }

  private Result run(Path sparkHome, String... arguments) throws Exception {
    ProcessBuilder process = checkout.process(checkout.launcher(), arguments);
    if (sparkHome != null) {
      process.environment().put("SPARK_HOME", sparkHome.toString());
    }
    return checkout.run(process);
  }

  /** What nobody asks for is neither built nor downloaded. */
  @Test
  void otherCommandsAreBuiltWithoutSpark() throws Exception {
    Result result = run(null, "train", "--config", "spark.yaml");

    assertThat(checkout.lastBuild()).doesNotContain("-Pspark");
    assertThat(result.output()).doesNotContain("--add-opens", "spark-1.2.jar");
  }

  @Test
  void sparkComesFromMavenWhereNoneIsInstalled() throws Exception {
    Result result = run(null, "tune", "--spark", "local-cluster[2,1,1500]");

    assertThat(result.errors()).isEmpty();
    assertThat(checkout.lastBuild()).contains("-Pspark,spark-core ");
    assertThat(result.output())
        .contains("--add-opens=java.base/java.nio=ALL-UNNAMED", "spark-1.2.jar")
        .endsWith("Main\ntune\n--spark\nlocal-cluster[2,1,1500]\n");
    run(null, "tune", "--spark=local");
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void anInstalledSparkIsUsedAndItsJarsComeFirst() throws Exception {
    Path spark = Files.createDirectories(directory.resolve("spark/jars")).getParent();

    Result result = run(spark, "tune", "--spark", "spark://host:7077");

    assertThat(result.errors()).isEmpty();
    assertThat(checkout.lastBuild()).contains("-Pspark ");
    assertThat(result.output()).contains("\n" + spark + "/jars/*:");
  }

  @Test
  void aFolderWithoutSparkIsRefused() throws Exception {
    Result result = run(directory.resolve("nowhere"), "tune", "--spark", "yarn");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors()).contains("SPARK_HOME is", "nowhere", "an unpacked Spark 4.1");
  }
}
