/** Property tests repeat exactly: one seed for all, unless FC_SEED asks for another (FC_SEED=random: a new one each time). */
import fc from "fast-check";

const asked = process.env["FC_SEED"];
if (asked !== "random") fc.configureGlobal({ seed: asked === undefined ? 20261122 : Number(asked) });
