package io.github.coconut4j.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The lock of the launcher's build: whose it is, and who takes it from the dead. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class BuildLockTest {

  private static final int WAITERS = 6;

  @TempDir Path directory;
  private Checkout checkout;

  @BeforeEach
  void createCheckout() throws IOException {
    checkout = Checkout.create(directory);
  }

  private static long deadProcess() throws IOException, InterruptedException {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    return dead.pid();
  }

  private static String host() throws IOException {
    Process process = new ProcessBuilder("uname", "-n").start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private Path lock() {
    return checkout.root().resolve("target/launcher/lock");
  }

  @RepeatedTest(3)
  void oneOfManyTakesTheLockOfADeadBuild() throws Exception {
    checkout.lockFor(deadProcess() + ".77." + host());
    List<Process> waiters = new ArrayList<>();
    for (int i = 0; i < WAITERS; i++) {
      waiters.add(checkout.process(checkout.launcher()).start());
    }
    for (Process waiter : waiters) {
      assertThat(waiter.waitFor()).isZero();
    }
    assertThat(checkout.builds()).isEqualTo(1);
    try (var files = Files.list(lock().getParent())) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("lock"));
    }
  }

  @Test
  void takesItWhereATakerDiedToo() throws Exception {
    String dead = deadProcess() + ".77." + host();
    checkout.lockFor(dead);
    Files.createSymbolicLink(lock().resolveSibling("lock.after-" + dead), Path.of(dead));
    assertThat(checkout.run().status()).isZero();
    assertThat(Files.exists(lock(), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  /** After a restart of the machine the number is another process's, this test's for instance. */
  @Test
  void aNumberThatIsAnotherProcesssNowIsADeadBuild() throws Exception {
    checkout.lockFor(ProcessHandle.current().pid() + ".1." + host());
    assertThat(checkout.run().status()).isZero();
  }

  @Test
  void whatNamesNoProcessIsADeadBuild() throws Exception {
    checkout.lockFor("nothing");
    assertThat(checkout.run().status()).isZero();
  }

  /** A process that may not be signalled is there nevertheless. */
  @Test
  void waitsForTheBuildOfAnotherUser() throws Exception {
    checkout.lockFor("1");
    assertWaitsFor("1", checkout.processOfAnotherUser());
  }

  @Test
  void waitsForTheBuildOfAnotherHost() throws Exception {
    checkout.lockFor(deadProcess() + ".1.another-" + host());
    assertWaitsFor("", checkout.process(checkout.launcher()));
  }

  private void assertWaitsFor(String number, ProcessBuilder builder) throws Exception {
    Process waiter = builder.start();
    try (BufferedReader errors = waiter.errorReader(StandardCharsets.UTF_8)) {
      assertThat(errors.readLine())
          .startsWith("coconut4j: waiting for the build of process " + number);
      assertThat(waiter.waitFor(1500, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(Files.exists(lock(), LinkOption.NOFOLLOW_LINKS)).isTrue();
    } finally {
      waiter.destroy();
    }
    assertThat(checkout.builds()).isZero();
  }

  @Test
  void saysWhatLiesInTheLocksPlace() throws Exception {
    Files.createDirectories(lock());
    Result result = checkout.run();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors()).startsWith("coconut4j: " + lock()).contains("Remove it");
  }
}
