package io.github.coconut4j.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher where it may not write, or where there is no space left. */
@EnabledOnOs(OS.LINUX)
class UnwritableCheckoutTest {

  @TempDir Path directory;
  private Checkout checkout;

  @BeforeEach
  void createCheckout() throws IOException {
    checkout = Checkout.create(directory);
  }

  private Result runWithHome(Path home) throws IOException, InterruptedException {
    ProcessBuilder process = checkout.process(checkout.launcher(), "train");
    process.environment().put("COCONUT4J_HOME", home.toString());
    return checkout.run(process);
  }

  private static void assertOneMessage(Result result, String... parts) {
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors()).startsWith("coconut4j: ").contains(parts);
  }

  @Test
  void saysWhatToDoWhereItIsNotBuilt() throws Exception {
    checkout.refuseWriting();
    assertOneMessage(checkout.run(), "is not built yet", "COCONUT4J_HOME", "cannot be written");
  }

  @Test
  void buildsInAnotherFolderAndLeavesTheCheckoutAlone() throws Exception {
    checkout.refuseWriting();
    List<String> before = checkout.listing();
    Path home = directory.resolve("another folder");

    assertThat(runWithHome(home).status()).isZero();
    Result second = runWithHome(home);

    assertThat(second.status()).isZero();
    assertThat(second.output()).endsWith("io.github.coconut4j.cli.Main\ntrain\n");
    assertThat(second.output()).contains(home.toRealPath() + "/checkout-");
    assertThat(checkout.builds()).isEqualTo(1);
    assertThat(checkout.listing()).isEqualTo(before);
  }

  @Test
  void anotherFolderFollowsTheSources() throws Exception {
    Path home = directory.resolve("another folder");
    runWithHome(home);
    Path added = Files.writeString(checkout.source().resolveSibling("Added.java"), "");
    checkout.makeNewer(added);
    assertThat(runWithHome(home).status()).isZero();
    assertThat(checkout.builds()).isEqualTo(2);
    try (Stream<Path> files = Files.walk(home)) {
      assertThat(files).anyMatch(file -> file.endsWith("data/src/main/Added.java"));
    }
  }

  @Test
  void saysWhereNoFolderCanBeMade() throws Exception {
    Path file = Files.createFile(directory.resolve("a file"));
    assertOneMessage(runWithHome(file), "COCONUT4J_HOME is " + file);
  }

  @Test
  void aBuildServesUsersWhoMayNotWrite() throws Exception {
    checkout.run();
    checkout.makeReadOnly();
    Result result = checkout.run(checkout.processOfAnotherUser("train"));
    assertThat(result.errors()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(checkout.builds()).isEqualTo(1);
  }

  @Test
  void saysWhatToDoWhereTheBuildIsOld() throws Exception {
    checkout.run();
    checkout.makeNewer(checkout.source());
    checkout.makeReadOnly();
    assertOneMessage(
        checkout.run(checkout.processOfAnotherUser()), "newer than its build", "COCONUT4J_HOME");
  }

  @Test
  void saysThatNoSpaceIsLeft() throws Exception {
    ProcessBuilder process = checkout.process(checkout.launcher());
    process.environment().put("FULL", "yes");
    assertOneMessage(checkout.run(process), "Free space");
  }

  @Test
  void saysThatJavasClassPathHoldsNoColons() throws Exception {
    Checkout other = Checkout.create(Files.createDirectory(directory.resolve("a:b")));
    assertOneMessage(other.run(), "has a colon", "COCONUT4J_HOME");
  }
}
