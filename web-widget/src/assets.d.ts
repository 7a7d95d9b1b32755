declare module "*.css" {
  const text: string;
  export default text;
}

/** The app's absolute path on our origin, put in by the build. */
declare const APP_PATH: string;
