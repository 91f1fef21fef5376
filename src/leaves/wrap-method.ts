/**
 * Makes what is put in place of a method, once for all objects that have the same one.
 *
 * A function for each object would be simpler. But one that is made and put into a property outlives the collections of
 * young objects, with all that it knows of, until the engine has compiled the place that puts it there. In a server that
 * starts, that is thousands of requests: enough for the engine to take what requests are made of for long-lived, and to
 * put it among old objects for ever after, which cost a request up to 15 µs (Node 20 and 22; `bench/overhead/retained.js`).
 *
 * @param make gives the stand-in of a method.
 */
export function standIn<Method>(make: (own: Method) => Method): (own: Method) => Method {
  let latest: { readonly own: Method; readonly made: Method } | undefined;
  return (own) => {
    if (latest === undefined || latest.own !== own) latest = { own, made: make(own) };
    return latest.made;
  };
}
