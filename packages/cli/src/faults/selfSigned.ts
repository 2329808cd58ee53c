/**
 * A certificate that no authority vouches for, and its key: for the test of a wrong certificate. It names localhost and
 * 127.0.0.1, protects nothing, and is used nowhere else. Made by:
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost
 *   -addext subjectAltName=DNS:localhost,IP:127.0.0.1
 */
export const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUCRbhRA+laLuLpLiTrugY0Kb+DIkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAzMjYyM1oYDzIxMjYxMDI4
MDMyNjIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQcpHJhGDeOcybyG1tZAHZYSh8ihlq6ZZnclr074iLSNjeIs9Upj85X
GV/xbAK8tQPXNcLlPCB5NeThw3r1KErOo28wbTAdBgNVHQ4EFgQUsD4U/20GgFUB
jNms6jknoF4Gn8cwHwYDVR0jBBgwFoAUsD4U/20GgFUBjNms6jknoF4Gn8cwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgIOA2M3BzZREgyEmz9OAiCNl3h+xBX8aM7XD/4AEdjScCIAl3
qVAF7SCx1NDjvNGuKJqAXBkqyNsbD4TdaZ2UHb3Q
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4IJXsNGZdcWGFcnh
zIJpIRO/9X1CCMai7K04zv9p8suhRANCAAQcpHJhGDeOcybyG1tZAHZYSh8ihlq6
ZZnclr074iLSNjeIs9Upj85XGV/xbAK8tQPXNcLlPCB5NeThw3r1KErO
-----END PRIVATE KEY-----
`,
};
