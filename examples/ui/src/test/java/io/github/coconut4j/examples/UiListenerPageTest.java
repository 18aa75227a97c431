package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.ui.api.UIServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.impl.UIListener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Deeplearning4j's own page, over the file that UIListener writes of a run. */
class UiListenerPageTest {

  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath("prosqa-balanced:400:1:nodes=10,min_steps=2,max_steps=2")
          .valPath("prosqa-balanced:8:2:nodes=10,min_steps=2,max_steps=2")
          .nLayer(2)
          .nEmbd(32)
          .nHead(2)
          .maxLatentStage(2)
          .stageSteps(List.of(40, 40, 80))
          .lr(3e-3)
          .maxNewTokens(8)
          .build();

  private static LoopbackUi ui;

  @BeforeAll
  static void start() throws Exception {
    ui = LoopbackUi.start(0);
  }

  @AfterAll
  static void stop() throws Exception {
    UIServer.stopInstance();
  }

  /** What the run itself says: the loss of each update, and how many parameters its graph has. */
  private record Seen(List<Double> losses, long parameters) {}

  private static Seen train(Path directory, Path file) throws IOException {
    List<Double> losses = new ArrayList<>();
    TrainingObserver observer =
        new TrainingObserver() {
          @Override
          public void updated(UpdateMetrics metrics) {
            losses.add(metrics.getLoss());
          }
        };
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory))
            .observer(observer)
            .listener(UIListener.builder(file.toFile()).learningRate(1).build())
            .build()) {
      run.train();
      return new Seen(losses, parameters(run.trainedModel().getTransformer().getSameDiff()));
    }
  }

  private static long parameters(SameDiff graph) {
    return graph.variables().stream()
        .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
        .count();
  }

  private static ChromeDriver browser() {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1100,800");
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(DRIVER.toFile())
            .usingAnyFreePort()
            .build();
    return new ChromeDriver(service, options);
  }

  @Test
  void showsTheGraphAndTheLossOfEveryUpdate(@TempDir Path directory) throws IOException {
    assumeTrue(
        Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
        "apt-get install chromium chromium-driver runs this test");
    Path file = directory.resolve("run.ui");
    Seen seen = train(directory.resolve("run"), file);
    ChromeDriver browser = browser();
    try {
      WebDriverWait wait = new WebDriverWait(browser, Duration.ofSeconds(60));
      browser.manage().timeouts().pageLoadTimeout(Duration.ofSeconds(60));
      browser.get("http://localhost:" + ui.getPort() + "/samediff");
      browser.findElement(By.id("fileselect")).sendKeys(file.toString());
      wait.until(shown -> text(browser, "selectedfile").contains("Op Count:"));
      keep(browser, "graph");
      assertEquals(seen.parameters(), counted(browser, "Variable Count"));

      // The page draws what it has read before, so the second click shows what the first has read.
      browser.findElement(By.id("sdnavplots")).click();
      wait.until(read -> drawn(browser).size() >= seen.losses().size());
      assertClose(seen.losses(), drawn(browser));
      browser.findElement(By.id("sdnavplots")).click();
      wait.until(shown -> text(browser, "samediffcontent").contains("losses/loss"));
      keep(browser, "plots");
    } finally {
      browser.quit();
    }
  }

  private static String text(ChromeDriver browser, String id) {
    return browser.findElement(By.id(id)).getText();
  }

  private static long counted(ChromeDriver browser, String name) {
    return text(browser, "selectedfile")
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private static List<?> drawn(ChromeDriver browser) {
    return (List<?>) browser.executeScript("return sdPlotsLineChartY.get('losses/loss') || []");
  }

  private static void assertClose(List<Double> expected, List<?> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i), ((Number) found.get(i)).doubleValue(), 1e-6);
    }
  }

  private static void keep(ChromeDriver browser, String name) throws IOException {
    Files.write(
        Path.of("target", "page-" + name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
  }

  private static String status(String method, String host) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", ui.getPort())) {
      String request =
          method + " /samediff HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
      socket
          .getOutputStream()
          .write((request + "Content-Length: 0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .findFirst()
          .orElse("");
    }
  }

  @Test
  void answersOnlyToReadersWhoAskForThisMachine() throws IOException {
    assertEquals("HTTP/1.1 200 OK", status("GET", "localhost:" + ui.getPort()));
    assertEquals("HTTP/1.1 421 Misdirected Request", status("GET", "evil.example"));
    assertEquals("HTTP/1.1 405 Method Not Allowed", status("POST", "localhost"));
  }

  @Test
  void isReachedThroughTheLoopbackAddressAlone() throws IOException {
    for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
      for (InetAddress address : network.inetAddresses().toList()) {
        if (!address.isLoopbackAddress()) {
          assertThrows(
              ConnectException.class,
              () -> new Socket(address, ui.getPort()).close(),
              () -> address + " answers");
        }
      }
    }
  }
}
