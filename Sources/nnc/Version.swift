/// The version of nnc, as its reports name it.
let nncVersion = "0.1.0"
