package io.github.coconut4j.spark;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/**
 * The secret of the ranks of one attempt, which Spark sends to them with their task. Both ends of a
 * connection prove that they know it, with HMAC-SHA256 over random numbers of both. The secret is
 * never sent between ranks and never printed.
 */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class Secret implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final String ALGORITHM = "HmacSHA256";
  private static final int BYTES = 32;
  private static final String OF_CALLER = "coconut4j rank calls";
  private static final String OF_CALLED = "coconut4j rank is called";

  private final byte[] key;

  /** Makes a new secret. */
  static Secret random() {
    return of(drawn());
  }

  /** Makes a secret from a key, which is copied. */
  static Secret of(byte[] key) {
    return new Secret(key.clone());
  }

  private static byte[] drawn() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /**
   * Proves the secret to the rank that this one has connected to, and checks that rank's proof.
   *
   * @param rank this rank
   * @param called the other rank
   * @throws IOException if the other rank does not know the secret or does not answer
   */
  void call(DataInputStream input, DataOutputStream output, int rank, int called)
      throws IOException {
    byte[] theirs = input.readNBytes(BYTES);
    byte[] ours = drawn();
    output.writeInt(rank);
    output.write(ours);
    output.write(proof(OF_CALLER, theirs, ours, rank, called));
    output.flush();
    require(input, proof(OF_CALLED, ours, theirs, called, rank));
  }

  /**
   * Checks the proof of a rank that has connected to this one, and proves the secret to it.
   *
   * @param rank this rank
   * @return the other rank
   * @throws IOException if the other rank does not know the secret or does not answer
   */
  int answer(DataInputStream input, DataOutputStream output, int rank) throws IOException {
    byte[] ours = drawn();
    output.write(ours);
    output.flush();
    int caller = input.readInt();
    byte[] theirs = input.readNBytes(BYTES);
    require(input, proof(OF_CALLER, ours, theirs, caller, rank));
    output.write(proof(OF_CALLED, theirs, ours, rank, caller));
    output.flush();
    return caller;
  }

  private static void require(DataInputStream input, byte[] proof) throws IOException {
    if (!MessageDigest.isEqual(proof, input.readNBytes(proof.length))) {
      throw new IOException("it does not know the secret of this training");
    }
  }

  private byte[] proof(String role, byte[] challenge, byte[] own, int from, int to) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      mac.update(role.getBytes(StandardCharsets.UTF_8));
      mac.update(challenge);
      mac.update(own);
      mac.update(ByteBuffer.allocate(2 * Integer.BYTES).putInt(from).putInt(to).array());
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }

  @Override
  public String toString() {
    return "Secret";
  }
}
