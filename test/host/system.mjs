// What the machine has, and installing Debian packages where that is allowed (root, or sudo without a password).
import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

export function runsOk(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** Absolute path of a program on PATH, or undefined. */
export function onPath(program) {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {}
  }
  return undefined;
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/** Whether `apt-get install` works here without asking anyone. */
export function packagesMayBeInstalled() {
  return (
    onPath("apt-get") !== undefined && (isRoot() || (onPath("sudo") !== undefined && runsOk("sudo", ["-n", "true"])))
  );
}

/** Returns whether the packages were installed; the caller checks for the programs it wanted. */
export function systemInstall(packages) {
  console.log(`  apt-get install ${packages.join(" ")}`);
  const apt = (args) => {
    const [command, ...rest] = isRoot() ? ["apt-get", ...args] : ["sudo", "-n", "apt-get", ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const result = spawnSync(command, rest, { encoding: "utf8", env, maxBuffer: 1 << 28 });
    if (result.status !== 0)
      console.error((result.stderr || result.stdout || "").trimEnd().split("\n").slice(-5).join("\n"));
    return result.status === 0;
  };
  const lock = ["-o", "DPkg::Lock::Timeout=180"];
  apt([...lock, "update", "-qq"]);
  return apt([...lock, "install", "-y", "--no-install-recommends", ...packages]);
}
