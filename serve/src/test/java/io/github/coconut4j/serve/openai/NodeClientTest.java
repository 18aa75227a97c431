package io.github.coconut4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.coconut4j.serve.RunningServer;
import io.github.coconut4j.serve.ServerLimits;
import io.github.coconut4j.serve.Shipped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for JavaScript against the server, where npm can install it. */
class NodeClientTest {

  private static final Path DIRECTORY = Path.of("target", "openai-client");
  private static final String VERSION = "6.9.1";

  private static final String SCRIPT =
      """
      import OpenAI from 'openai';
      const [baseURL, question] = process.argv.slice(2);
      const client = new OpenAI({ baseURL, apiKey: 'secret', maxRetries: 0 });
      const request = { model: 'prosqa-coconut', messages: [{ role: 'user', content: question }] };
      const whole = await client.chat.completions.create(request);
      let streamed = '';
      for await (const piece of await client.chat.completions.create({ ...request, stream: true })) {
        streamed += piece.choices[0]?.delta?.content ?? '';
      }
      const models = [];
      for await (const model of client.models.list()) models.push(model.id);
      const refused = [];
      for (const wrong of [{ ...request, model: 'other' }, { ...request, temperature: 9 }]) {
        try {
          await client.chat.completions.create(wrong);
        } catch (error) {
          refused.push(`${error.constructor.name} ${error.status} ${error.param}`);
        }
      }
      console.log(JSON.stringify({ text: whole.choices[0].message.content, streamed, models, refused,
        thoughts: whole.usage.completion_tokens_details.reasoning_tokens }));
      """;

  @Test
  void asksStreamsAndIsRefused() throws Exception {
    boolean isThere = isInstalled();
    if (!isThere) {
      System.err.println("NodeClientTest is skipped: it needs node and npm install openai.");
    }
    assumeTrue(isThere);
    Files.writeString(DIRECTORY.resolve("client.mjs"), SCRIPT);
    String question = Shipped.questions(1).get(0);
    try (RunningServer server = RunningServer.start(ServerLimits.DEFAULT, null, "secret")) {
      String own = server.model.generate(question);
      String output = run("node", "client.mjs", server.uri + "/v1", question);
      var found = RunningServer.JSON.readTree(output);

      assertThat(found.at("/text").asText()).isEqualTo(own);
      assertThat(found.at("/streamed").asText()).isEqualTo(own);
      assertThat(found.at("/models/0").asText()).isEqualTo("prosqa-coconut");
      assertThat(found.at("/thoughts").asInt()).isEqualTo(6);
      assertThat(found.at("/refused/0").asText()).isEqualTo("NotFoundError 404 model");
      assertThat(found.at("/refused/1").asText()).isEqualTo("BadRequestError 400 temperature");
    }
  }

  private static boolean isInstalled() throws Exception {
    Files.createDirectories(DIRECTORY);
    if (Files.exists(DIRECTORY.resolve("node_modules/openai/package.json"))) {
      return true;
    }
    Files.writeString(DIRECTORY.resolve("package.json"), "{\"private\":true}\n");
    try {
      run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "openai@" + VERSION);
    } catch (IOException e) {
      return false; // no npm
    }
    return Files.exists(DIRECTORY.resolve("node_modules/openai/package.json"));
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(DIRECTORY.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
