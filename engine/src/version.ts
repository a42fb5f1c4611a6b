/** Version of the engine, as in its package.json (a test holds them equal): it stands in every certificate. */
export const ENGINE_VERSION = "0.1.0";
